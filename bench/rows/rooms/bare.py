from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.connection import Borrowed
from bench.rows.rooms.statements import ONE, list_of

MEDIA = "http://127.0.0.1/media"


async def get_room(request: Request) -> Response:
    with Borrowed(request) as connection:
        found = await connection.fetchrow(ONE, int(request.path_params["room_id"]), MEDIA)
    if found is None or not found["is_public"]:
        return Response(status_code=404)
    return Response(found["document"], media_type="application/json")


async def list_rooms(request: Request) -> Response:
    wanted = request.query_params
    page, size = int(wanted["page"]), int(wanted["size"])
    free = None
    if "free_from" in wanted:
        free = datetime.fromisoformat(wanted["free_from"]), datetime.fromisoformat(wanted["free_to"])
    statement, arguments = list_of(city_id=int(wanted["city_id"]), page=page, size=size, free=free)
    with Borrowed(request) as connection:
        document = await connection.fetchval(statement, *arguments)
    return Response(document, media_type="application/json")


ROUTES = [Route("/api/v1/rooms", list_rooms), Route("/api/v1/rooms/{room_id}", get_room)]
