"""Mail that leaves: notices of tickets and letters about access, written in the act’s commit and sent later."""
