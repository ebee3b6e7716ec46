"""Studios that could exist, in several time zones and currencies. Amounts are minor units."""

from dataclasses import dataclass, field

from src.addresses.enums import HoursMode
from src.addresses.equipment.enums import PriceUnit
from src.companies.enums import CancellationPolicy

HOUR = 60


@dataclass(frozen=True)
class DemoPerson:
    email: str
    firstname: str
    lastname: str


@dataclass(frozen=True)
class DemoRoom:
    name: str
    description: str
    capacity: int
    prices: dict[int, int]  # minutes: amount
    slot_minutes: int = HOUR
    min_minutes: int = HOUR
    max_minutes: int = 12 * HOUR
    buffer_after_minutes: int = 0


@dataclass(frozen=True)
class DemoItem:
    type: str
    name: str
    price: int | None = None  # None: comes with the room
    unit: PriceUnit = PriceUnit.PER_BOOKING


@dataclass(frozen=True)
class DemoStudio:
    company: str
    currency: str
    policy: CancellationPolicy
    owner: DemoPerson
    name: str
    description: str
    street: str
    city_id: int
    position: tuple[float, float]
    # (first weekday, last weekday, opens, closes); no times: around the clock
    hours: list[tuple[int, int, str | None, str | None]]
    rooms: list[DemoRoom] = field(default_factory=list)
    badges: list[str] = field(default_factory=list)
    equipment: list[DemoItem] = field(default_factory=list)
    news: tuple[str, str] | None = None  # title and text


def mode_of(opens: str | None) -> HoursMode:
    return HoursMode.AROUND_THE_CLOCK if opens is None else HoursMode.OPEN


CUSTOMERS = [
    DemoPerson("ana@customers.example", "Ana", "Ribeiro"),
    DemoPerson("tom@customers.example", "Tom", "Okafor"),
]

STUDIOS = [
    DemoStudio(
        company="Soho Sound Rooms",
        currency="GBP",
        policy=CancellationPolicy.MODERATE,
        owner=DemoPerson("grace@soho.example", "Grace", "Whitfield"),
        name="Soho Sound, Berwick Street",
        description="Rehearsal and tracking rooms in a former print shop, with a drum kit in every room.",
        street="12 Berwick Street",
        city_id=2643743,
        position=(51.5136, -0.1365),
        hours=[(0, 3, "10:00", "23:00"), (4, 5, "10:00", "02:00"), (6, 6, "12:00", "20:00")],
        rooms=[
            DemoRoom(
                "Live Room",
                "40 m², Yamaha C3 grand, Gretsch kit, 24 lines to the desk.",
                8,
                {HOUR: 5500, 4 * HOUR: 19000, 8 * HOUR: 34000},
                buffer_after_minutes=30,
            ),
            DemoRoom(
                "Rehearsal B",
                "Back line for a five-piece, PA and two monitors.",
                5,
                {HOUR: 2200, 3 * HOUR: 5700},
            ),
        ],
        badges=["loading_access", "soundproofed", "lounge", "wifi", "public_transport"],
        equipment=[
            DemoItem("drum_kit", "Gretsch Catalina, 22 inch"),
            DemoItem("bass_amplifier", "Ampeg SVT-3 Pro"),
            DemoItem("grand_piano", "Yamaha C3", 1500, PriceUnit.PER_HOUR),
            DemoItem("ribbon_microphone", "Coles 4038, pair", 2500),
        ],
        news=("The C3 is back", "Restrung, regulated and tuned. Book it with the Live Room by the hour."),
    ),
    DemoStudio(
        company="Gowanus Light",
        currency="USD",
        policy=CancellationPolicy.STRICT,
        owner=DemoPerson("marcus@gowanus.example", "Marcus", "Delgado"),
        name="Gowanus Light & Cyc",
        description="Daylight photo and film studio with a two-wall cyclorama and a loading dock.",
        street="240 3rd Avenue, Brooklyn",
        city_id=5128581,
        position=(40.6782, -73.9857),
        hours=[(0, 6, "07:00", "22:00")],
        rooms=[
            DemoRoom(
                "Cyclorama",
                "180 m², 5.5 m to the grid, 400 A three-phase.",
                30,
                {2 * HOUR: 36000, 4 * HOUR: 65000, 10 * HOUR: 140000},
                min_minutes=2 * HOUR,
                max_minutes=14 * HOUR,
                buffer_after_minutes=HOUR,
            ),
            DemoRoom(
                "Daylight Loft",
                "North windows, paper backdrops, make-up corner.",
                12,
                {HOUR: 12500, 8 * HOUR: 80000},
            ),
        ],
        badges=["natural_light", "cyclorama_wall", "freight_lift", "three_phase_power", "parking"],
        equipment=[
            DemoItem("backdrop", "Paper, nine colours"),
            DemoItem("studio_flash", "Profoto D2 1000, four heads", 12000),
            DemoItem("cinema_camera", "Sony FX6 with three primes", 6500, PriceUnit.PER_HOUR),
        ],
        news=("Fresh white", "The cyclorama is painted every Monday morning; say when you need it whiter."),
    ),
    DemoStudio(
        company="Vila Som",
        currency="BRL",
        policy=CancellationPolicy.FLEXIBLE,
        owner=DemoPerson("luiza@vilasom.example", "Luiza", "Andrade"),
        name="Vila Som Pinheiros",
        description="Estúdio de ensaio e gravação na Vila Madalena, aberto dia e noite.",
        street="Rua Girassol, 210",
        city_id=3448439,
        position=(-23.5547, -46.6911),
        hours=[(0, 6, None, None)],
        rooms=[
            DemoRoom(
                "Sala 1",
                "Sala tratada com bateria Pearl e três amplificadores.",
                6,
                {HOUR: 9000, 4 * HOUR: 30000},
            )
        ],
        badges=["air_conditioning", "self_check_in", "acoustic_treatment"],
        equipment=[
            DemoItem("drum_kit", "Pearl Export"),
            DemoItem("guitar_amplifier", "Fender Twin Reverb", 2000),
        ],
    ),
    DemoStudio(
        company="Kreuzberg Podcast Haus",
        currency="EUR",
        policy=CancellationPolicy.MODERATE,
        owner=DemoPerson("jonas@podcasthaus.example", "Jonas", "Keller"),
        name="Podcast Haus Oranienstraße",
        description="Two booths for up to four voices, camera set and an engineer on call.",
        street="Oranienstraße 25",
        city_id=2950159,
        position=(52.5003, 13.4213),
        hours=[(0, 4, "08:00", "20:00"), (5, 5, "10:00", "18:00")],
        rooms=[
            DemoRoom(
                "Booth Eins",
                "Four SM7B, three cameras, live mix to SSD.",
                4,
                {30: 2500, HOUR: 4500},
                30,
                30,
                8 * HOUR,
            ),
            DemoRoom(
                "Booth Zwei",
                "Two voices, narrow and very quiet.",
                2,
                {30: 1800, HOUR: 3200},
                30,
                30,
                8 * HOUR,
            ),
        ],
        badges=["step_free", "soundproofed", "staff_on_site", "green_power", "kitchen"],
        equipment=[
            DemoItem("broadcast_microphone", "Shure SM7B"),
            DemoItem("teleprompter", "Elgato, 9 inch", 1500),
        ],
        news=("Video for both booths", "Three cameras, cut live; you leave with the finished episode."),
    ),
    DemoStudio(
        company="Shimokita Rooms",
        currency="JPY",
        policy=CancellationPolicy.FLEXIBLE,
        owner=DemoPerson("haruka@shimokita.example", "Haruka", "Sato"),
        name="Shimokita Rooms",
        description="Small rehearsal rooms near the station; come alone with a guitar or as a trio.",
        street="2-19-5 Kitazawa, Setagaya",
        city_id=1850147,
        position=(35.6614, 139.6680),
        hours=[(0, 6, "09:00", "03:00")],
        rooms=[
            DemoRoom(
                "Room C", "Roland JC-120, Ampeg bass stack, compact kit.", 4, {HOUR: 2200, 3 * HOUR: 6000}
            )
        ],
    ),
]
