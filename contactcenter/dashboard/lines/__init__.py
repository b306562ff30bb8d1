"""Numbers and trunks: bought, set up, moved, given back. Everything here is a link, a form and a sentence."""
