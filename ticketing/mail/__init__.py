"""Outgoing mail: notices of tickets and letters about access are written in the commit of the act and sent later."""
