"""Numbers and SIP trunks: bought, set up, moved and given back. The carrier is asked first, then our books follow.

Every act is somebody's: it is noted in the audit log, and what did not come about is said in words.
"""
