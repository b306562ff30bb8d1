"""The carrier's rules for numbers and SIP trunks, as data: what may be asked, and in which words it is refused."""
