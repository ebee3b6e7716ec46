from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.connection import Borrowed
from bench.rows.rooms.statements import LIST, ONE


async def get_room(request: Request) -> Response:
    with Borrowed(request) as connection:
        found = await connection.fetchrow(ONE, int(request.path_params["room_id"]))
    if found is None or not found["is_public"]:
        return Response(status_code=404)
    return Response(found["document"], media_type="application/json")


async def list_rooms(request: Request) -> Response:
    wanted = request.query_params
    page, size = int(wanted["page"]), int(wanted["size"])
    with Borrowed(request) as connection:
        document = await connection.fetchval(
            LIST, None, int(wanted["city_id"]), size, (page - 1) * size, page
        )
    return Response(document, media_type="application/json")


ROUTES = [Route("/api/v1/rooms", list_rooms), Route("/api/v1/rooms/{room_id}", get_room)]
