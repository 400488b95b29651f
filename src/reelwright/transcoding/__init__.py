"""From media that is there to media that is written: decoded once, converted, fed to all who encode it."""
