"""Where the carrier's network can be entered and left.

Source: https://www.twilio.com/docs/global-infrastructure/edge-locations.
"""

# Over the internet, and over a private line of one's own.
EDGES = ("ashburn", "dublin", "frankfurt", "roaming", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla")
PRIVATE_EDGES = (*("ashburn-ix", "frankfurt-ix", "london-ix", "san-jose-ix", "singapore-ix", "sydney-ix", "tokyo-ix"),)
