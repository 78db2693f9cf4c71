"""What each kind of thing in Konnect looks like: one module a kind, each with the body it accepts, the
record kept and answered, what must be unique and what it refers to. How they are stored and served doesn't
live here."""
