"""A path over an AWS transit gateway. What a path over another cloud needs too is beside this room."""
