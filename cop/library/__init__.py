"""Knowledge assets: written down once, found and downloaded by any council."""
