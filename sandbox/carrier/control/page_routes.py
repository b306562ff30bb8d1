"""The phone page itself: a handful of files served as they are."""

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent.parent / "phone"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {path.name: path for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}


def routes() -> list[web.RouteDef]:
    """`/` and the files it loads."""
    return [web.get("/", _index), web.get("/phone/{name}", _file)]


async def _index(_request: web.Request) -> web.StreamResponse:
    return _serve("index.html")


async def _file(request: web.Request) -> web.StreamResponse:
    return _serve(request.match_info["name"])


def _serve(name: str) -> web.Response:
    path = _FILES.get(name)
    if path is None:
        raise web.HTTPNotFound
    return web.Response(text=path.read_text(encoding="utf-8"), content_type=_TYPES[path.suffix], charset="utf-8")
