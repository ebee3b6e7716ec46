from sqlalchemy import text


async def employ(world, studio, role, *, address_ids=None):
    """A new member of the studio's team, maybe limited to some studios."""
    member = await world.person()
    async with world.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO team_members (company_id, user_id, role, address_ids)"
                " VALUES (:company, :user, :role, :addresses)"
            ),
            {"company": studio.company["id"], "user": member.id, "role": role, "addresses": address_ids},
        )
    return member


async def change(world, booking, what):
    async with world.database.transaction() as session:
        await session.execute(text(f"UPDATE bookings SET {what} WHERE id = {booking['id']}"))


async def rename(world, person, firstname, lastname):
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE users SET firstname = :first, lastname = :last WHERE id = :id"),
            {"first": firstname, "last": lastname, "id": person.id},
        )
