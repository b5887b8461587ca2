"""Mail sent: notices of tickets and letters about access, written in the commit of the act and sent later."""
