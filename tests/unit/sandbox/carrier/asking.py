"""A control request."""


async def ask(world, method: str, path: str, body: object = None, *, data: bytes | None = None):
    """Status and JSON, or the bytes of another answer."""
    async with world.http.request(method, world.base + path, json=body, data=data) as response:
        is_json = response.content_type == "application/json"
        return response.status, (await response.json() if is_json else await response.read())
