"""studios

Revision ID: add2e5500001
Revises: 7ea3a0000002
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "add2e5500001"
down_revision = "7ea3a0000002"
branch_labels = None
depends_on = None

# The words that owners choose from (docs/adr/0015). Later migrations add to them; a slug never changes.
EQUIPMENT_TYPES = """
drums: drum_kit Drum kit, electronic_drum_kit Electronic drum kit, cymbals Cymbals, snare_drum Snare drum,
 percussion Percussion, drum_machine Drum machine
keys: grand_piano Grand piano, upright_piano Upright piano, digital_piano Digital piano, synthesizer Synthesizer,
 organ Organ, midi_controller MIDI controller
guitars: electric_guitar Electric guitar, acoustic_guitar Acoustic guitar, bass_guitar Bass guitar,
 double_bass Double bass, effects_pedal Effects pedal
amplification: guitar_amplifier Guitar amplifier, bass_amplifier Bass amplifier, keyboard_amplifier Keyboard amplifier,
 pa_system PA system, stage_monitor Stage monitor, subwoofer Subwoofer, di_box DI box
microphones: dynamic_microphone Dynamic microphone, condenser_microphone Condenser microphone,
 ribbon_microphone Ribbon microphone, wireless_microphone Wireless microphone, lavalier_microphone Lavalier microphone,
 shotgun_microphone Shotgun microphone, drum_microphone_set Drum microphone set, microphone_stand Microphone stand
recording: mixing_console Mixing console, audio_interface Audio interface, studio_monitors Studio monitors,
 headphones Headphones, headphone_amplifier Headphone amplifier, preamplifier Preamplifier, compressor Compressor,
 equalizer Equalizer, reverb_unit Reverb unit, tape_machine Tape machine, recording_computer Recording computer,
 daw_licence DAW licence, patch_bay Patch bay, vocal_booth Vocal booth
podcast: podcast_mixer Podcast mixer, broadcast_microphone Broadcast microphone, boom_arm Boom arm,
 teleprompter Teleprompter, streaming_encoder Streaming encoder, field_recorder Field recorder
dj: turntable Turntable, dj_player DJ player, dj_mixer DJ mixer, dj_controller DJ controller
camera: cinema_camera Cinema camera, photo_camera Photo camera, camera_lens Camera lens, tripod Tripod, gimbal Gimbal,
 slider Slider, camera_dolly Camera dolly, camera_crane Camera crane, field_monitor Field monitor, webcam Webcam
lighting: studio_flash Studio flash, led_panel LED panel, fresnel_light Fresnel light, hmi_light HMI light,
 tube_light Tube light, softbox Softbox, beauty_dish Beauty dish, ring_light Ring light, reflector Reflector,
 light_stand Light stand, flash_trigger Flash trigger, stage_lighting Stage lighting
set: backdrop Backdrop, green_screen Green screen, cyclorama Cyclorama, v_flat V-flat, prop_furniture Prop furniture,
 make_up_station Make-up station, clothes_rack Clothes rack, garment_steamer Garment steamer, smoke_machine Smoke machine,
 grip_stand Grip stand, projector Projector, projection_screen Projection screen, dance_mirror Dance mirror
"""

BADGES = [
    ("parking", "Parking", False),
    ("loading_access", "Level loading access", False),
    ("freight_lift", "Freight lift", False),
    ("public_transport", "Close to public transport", False),
    ("step_free", "Step-free access", False),
    ("accessible_toilet", "Accessible toilet", False),
    ("natural_light", "Natural light", False),
    ("blackout", "Can be blacked out", False),
    ("soundproofed", "Soundproofed", False),
    ("acoustic_treatment", "Acoustic treatment", False),
    ("cyclorama_wall", "Cyclorama wall", False),
    ("three_phase_power", "Three-phase power", False),
    ("air_conditioning", "Air conditioning", False),
    ("heating", "Heating", False),
    ("wifi", "Wi-Fi", False),
    ("kitchen", "Kitchen", False),
    ("lounge", "Lounge", False),
    ("shower", "Shower", False),
    ("changing_room", "Changing room", False),
    ("lockers", "Lockers", False),
    ("self_check_in", "Self check-in", False),
    ("staff_on_site", "Staff on site", False),
    ("pets_welcome", "Pets welcome", False),
    ("green_power", "Runs on green power", False),
    ("verified", "Verified by the platform", True),
    ("editors_choice", "Editor's choice", True),
]


def upgrade() -> None:
    _create_opening()
    _create_equipment()
    _create_badges()
    _create_updates()
    _create_milestones()


def _create_opening() -> None:
    op.add_column("addresses", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("addresses", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_addresses_deactivated_is_off_market"),
        "addresses",
        "deactivated_at IS NULL OR status <> 'published'",
    )
    op.drop_constraint(op.f("ck_operating_hours_open_has_times"), "operating_hours")
    op.create_check_constraint(
        op.f("ck_operating_hours_times"),
        "operating_hours",
        "(opens IS NULL) = (closes IS NULL) AND (mode <> 'open' OR opens IS NOT NULL)"
        " AND (mode IN ('open', 'by_appointment') OR opens IS NULL)",
    )
    op.create_table(
        "special_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("first_date <= last_date", name=op.f("ck_special_days_dates")),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(address_id, address_id, '[]')"), "&&"),
            (sa.text("daterange(first_date, last_date, '[]')"), "&&"),
            name="ex_special_days_dates",
            using="gist",
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_special_days_address_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_days")),
    )
    op.create_index("ix_special_days_address_id_last_date", "special_days", ["address_id", "last_date"])
    op.create_table(
        "address_closures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _created_at(),
        sa.CheckConstraint(
            "num_nonnulls(first_date, last_date, starts_at, ends_at) = 2",
            name=op.f("ck_address_closures_one_kind"),
        ),
        sa.CheckConstraint(
            "coalesce(first_date <= last_date, false) OR coalesce(starts_at < ends_at, false)",
            name=op.f("ck_address_closures_not_empty"),
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_address_closures_address_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_closures")),
    )
    op.create_index("ix_address_closures_address_id", "address_closures", ["address_id"])


def _create_equipment() -> None:
    types = op.create_table(
        "equipment_types",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_equipment_types")),
    )
    op.bulk_insert(types, list(_equipment_types()))
    op.create_table(
        "address_equipment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("type_slug", sa.String(length=40), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("is_included", sa.Boolean(), nullable=False),
        sa.Column("price_amount", sa.BigInteger(), nullable=True),
        sa.Column("price_unit", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=20), server_default="active", nullable=False),
        _created_at("now()"),
        _created_at("now()", name="updated_at"),
        sa.CheckConstraint(
            "is_included = (price_amount IS NULL) AND is_included = (price_unit IS NULL)",
            name=op.f("ck_address_equipment_price"),
        ),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_address_equipment_positive")),
        sa.CheckConstraint(
            "price_unit IN ('per_hour', 'per_booking')", name=op.f("ck_address_equipment_priceunit")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'retired')", name=op.f("ck_address_equipment_equipmentstatus")
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_address_equipment_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["type_slug"], ["equipment_types.slug"], name=op.f("fk_address_equipment_type_slug")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_address_equipment_resource_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_equipment")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_address_equipment_resource_id")),
    )
    op.create_index("ix_address_equipment_address_id", "address_equipment", ["address_id", "id"])
    op.create_index("ix_address_equipment_type_slug", "address_equipment", ["type_slug", "address_id"])


def _create_badges() -> None:
    badges = op.create_table(
        "badges",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_platform_granted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_badges")),
    )
    fields = ("slug", "name", "is_platform_granted")
    op.bulk_insert(badges, [dict(zip(fields, badge, strict=True)) for badge in BADGES])
    op.create_table(
        "address_badges",
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("badge_slug", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_address_badges_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["badge_slug"], ["badges.slug"], name=op.f("fk_address_badges_badge_slug")),
        sa.PrimaryKeyConstraint("address_id", "badge_slug", name=op.f("pk_address_badges")),
    )
    op.create_index("ix_address_badges_badge_slug", "address_badges", ["badge_slug", "address_id"])


def _create_updates() -> None:
    op.create_table(
        "address_updates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        _created_at("now()"),
        _created_at("now()", name="updated_at"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_address_updates_address_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_updates")),
    )
    op.create_index(
        "ix_address_updates_address_id_published_at", "address_updates", ["address_id", "published_at", "id"]
    )
    op.create_table(
        "address_update_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("photo", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["address_updates.id"],
            name=op.f("fk_address_update_photos_update_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_update_photos")),
    )
    op.create_index(
        "ix_address_update_photos_update_id", "address_update_photos", ["update_id", "position"]
    )


def _create_milestones() -> None:
    op.create_table(
        "address_milestones",
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("target_date", sa.Date(), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_address_milestones_address_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("address_id", "position", name=op.f("pk_address_milestones")),
    )


def _created_at(default: str = "clock_timestamp()", *, name: str = "created_at") -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text(default), nullable=False)


def _equipment_types():
    for category, _, types in (line.partition(": ") for line in EQUIPMENT_TYPES.replace(",\n ", ", ").split("\n")):
        for entry in filter(None, types.split(", ")):
            slug, _, name = entry.strip().partition(" ")
            yield {"slug": slug, "category": category, "name": name}


def downgrade() -> None:
    op.drop_table("address_milestones")
    op.drop_table("address_update_photos")
    op.drop_table("address_updates")
    op.drop_table("address_badges")
    op.drop_table("badges")
    op.drop_table("address_equipment")
    op.drop_table("equipment_types")
    op.drop_table("address_closures")
    op.drop_table("special_days")
    op.drop_constraint(op.f("ck_operating_hours_times"), "operating_hours")
    op.execute("UPDATE operating_hours SET opens = NULL, closes = NULL WHERE mode = 'by_appointment'")
    op.create_check_constraint(
        op.f("ck_operating_hours_open_has_times"),
        "operating_hours",
        "(mode = 'open') = (opens IS NOT NULL AND closes IS NOT NULL)",
    )
    op.drop_constraint(op.f("ck_addresses_deactivated_is_off_market"), "addresses")
    op.drop_column("addresses", "deactivated_at")
    op.drop_column("addresses", "revision")
