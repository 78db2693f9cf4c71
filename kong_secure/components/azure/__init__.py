"""A path over an Azure VNet peering. What a path over another cloud needs too is beside this room."""
