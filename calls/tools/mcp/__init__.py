"""Speaking the Model Context Protocol with servers of the business, over our own connection to the web."""
