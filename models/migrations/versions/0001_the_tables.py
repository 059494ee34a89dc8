"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.types import Money, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("slug", KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("audience", KEY, nullable=False),
        sa.Column(
            "keywords", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "related", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("verify_by", UtcDateTime(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.CheckConstraint(
            "audience IN ('public', 'customers', 'partners', 'staff')", name=op.f("ck_articles_audience")
        ),
        sa.CheckConstraint("state IN ('draft', 'in_review', 'published', 'archived')", name=op.f("ck_articles_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("public_id", name=op.f("uq_articles_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_articles_slug")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_articles_source_external_reference")),
    )
    op.create_index(
        "ix_articles_list",
        "articles",
        ["state", "audience", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "counters",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "field_sets",
        sa.Column("id", BIG, nullable=False),
        sa.Column("noun", KEY, nullable=False),
        sa.Column(
            "fields", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("hash", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_sets")),
        sa.UniqueConstraint("noun", "hash", name=op.f("uq_field_sets_noun_hash")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", BIG, nullable=False),
        sa.Column("owner", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("request_hash", KEY, nullable=False),
        sa.Column("status", BIG, nullable=False),
        sa.Column(
            "body", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("owner", "key", name=op.f("uq_idempotency_keys_owner_key")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("unique_key", KEY, nullable=True),
        sa.Column(
            "arguments", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("state", KEY, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("progress", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'parked')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_jobs_unique_key")),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "locations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("name_key", name=op.f("uq_locations_name_key")),
    )
    op.create_table(
        "people",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("public_id", name=op.f("uq_people_public_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_people_source_external_reference")),
    )
    op.create_index("ix_people_list", "people", ["name_key", "id"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('login', 'session', 'membership', 'token', 'staff', 'conversation')",
            name=op.f("ck_revocations_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index("ix_revocations_at", "revocations", ["at"], unique=False)
    op.create_table(
        "settings",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "teams",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name_key", name=op.f("uq_teams_name_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_teams_public_id")),
    )
    op.create_table(
        "article_feedback",
        sa.Column("id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_feedback_article_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_article_feedback_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_feedback")),
    )
    op.create_index(op.f("ix_article_feedback_article_id"), "article_feedback", ["article_id"], unique=False)
    op.create_table(
        "article_texts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("language", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_texts_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_texts")),
        sa.UniqueConstraint("article_id", "language", name=op.f("uq_article_texts_article_id_language")),
    )
    op.create_table(
        "article_versions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("language", KEY, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_versions_article_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_article_versions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_versions")),
        sa.UniqueConstraint(
            "article_id", "language", "number", name=op.f("uq_article_versions_article_id_language_number")
        ),
    )
    op.create_table(
        "logins",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", KEY, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_logins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("email_key", name=op.f("uq_logins_email_key")),
        sa.UniqueConstraint("person_id", name=op.f("uq_logins_person_id")),
    )
    op.create_table(
        "staff",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("role", KEY, nullable=False),
        sa.Column("reach", KEY, nullable=False),
        sa.Column("location_id", BIG, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("reach IN ('teams', 'all')", name=op.f("ck_staff_reach")),
        sa.CheckConstraint("role IN ('agent', 'lead', 'admin')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_staff_location_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("person_id", name=op.f("uq_staff_person_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_staff_source_external_reference")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column(
            "roles", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("location_id", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_organisations_location_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_organisations_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisations_public_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_organisations_source_external_reference")),
    )
    op.create_index("ix_organisations_list", "organisations", ["name_key", "id"], unique=False)
    op.create_table(
        "sign_in_codes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("login_id", BIG, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_sign_in_codes_login_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_codes")),
    )
    op.create_index(op.f("ix_sign_in_codes_login_id"), "sign_in_codes", ["login_id"], unique=False)
    op.create_table(
        "team_members",
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("team_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_team_members_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.PrimaryKeyConstraint("staff_id", "team_id", name=op.f("pk_team_members")),
    )
    op.create_table(
        "contact_points",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_key", KEY, nullable=False),
        sa.Column("reversed_digits", KEY, nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f("ck_contact_points_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_contact_points_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contact_points_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
    )
    op.create_index("ix_contact_points_digits", "contact_points", ["reversed_digits"], unique=False)
    op.create_index(op.f("ix_contact_points_organisation_id"), "contact_points", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_contact_points_person_id"), "contact_points", ["person_id"], unique=False)
    op.create_index("ix_contact_points_value", "contact_points", ["kind", "value_key"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("priority", KEY, nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("assignee_id", BIG, nullable=True),
        sa.Column("team_id", BIG, nullable=True),
        sa.Column("about_type", KEY, nullable=True),
        sa.Column("about_id", KEY, nullable=True),
        sa.Column("last_seq", BIG, nullable=False),
        sa.Column(
            "heads", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("access_version", BIG, nullable=False),
        sa.Column("snippet", sa.Text(), nullable=False),
        sa.Column(
            "snippet_outside",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("first_reply_at", UtcDateTime(), nullable=True),
        sa.Column("rating", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("solved_at", UtcDateTime(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.CheckConstraint("priority IN ('low','normal','high','urgent')", name=op.f("ck_conversations_priority")),
        sa.CheckConstraint(
            "status IN ('new','open','waiting_on_customer','waiting_on_partner','solved','closed')",
            name=op.f("ck_conversations_status"),
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_conversations_rating")),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_conversations_assignee_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conversations_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_conversations_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_conversations_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("number", name=op.f("uq_conversations_number")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_conversations_source_external_reference")),
    )
    op.create_index("ix_conversations_about", "conversations", ["about_type", "about_id"], unique=False)
    op.create_index(
        "ix_conversations_assignee_live",
        "conversations",
        ["assignee_id", sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.create_index(
        "ix_conversations_live",
        "conversations",
        [sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.create_index(
        "ix_conversations_organisation",
        "conversations",
        ["organisation_id", sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_index(
        "ix_conversations_person",
        "conversations",
        ["person_id", sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_index(
        "ix_conversations_recent",
        "conversations",
        [sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_index(
        "ix_conversations_team_live",
        "conversations",
        ["team_id", sa.literal_column("updated_at DESC"), sa.literal_column("number DESC")],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("side", KEY, nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('member', 'manager')", name=op.f("ck_memberships_role")),
        sa.CheckConstraint("side IN ('customer', 'partner')", name=op.f("ck_memberships_side")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "side", name=op.f("uq_memberships_person_id_organisation_id_side")
        ),
    )
    op.create_index(op.f("ix_memberships_organisation_id"), "memberships", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_memberships_person_id"), "memberships", ["person_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("customer_reference", KEY, nullable=True),
        sa.Column("supplier_reference", KEY, nullable=True),
        sa.Column("status", KEY, nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=True),
        sa.Column("required_at", UtcDateTime(), nullable=True),
        sa.Column("shipped_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("carrier_id", BIG, nullable=True),
        sa.Column("location_id", BIG, nullable=True),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("freight", Money(), nullable=True),
        sa.Column("ship_to_name", sa.Text(), nullable=True),
        sa.Column("ship_to_street", sa.Text(), nullable=True),
        sa.Column("ship_to_city", sa.Text(), nullable=True),
        sa.Column("ship_to_region", sa.Text(), nullable=True),
        sa.Column("ship_to_postcode", sa.Text(), nullable=True),
        sa.Column("ship_to_country", sa.Text(), nullable=True),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("answered_version", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.CheckConstraint("kind IN ('sales', 'purchase')", name=op.f("ck_orders_kind")),
        sa.ForeignKeyConstraint(["carrier_id"], ["organisations.id"], name=op.f("fk_orders_carrier_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_orders_location_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_orders_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_orders_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint(
            "source", "external_reference", "kind", name=op.f("uq_orders_source_external_reference_kind")
        ),
    )
    op.create_index("ix_orders_customer_reference", "orders", ["customer_reference"], unique=False)
    op.create_index(
        "ix_orders_organisation",
        "orders",
        ["organisation_id", sa.literal_column("ordered_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_index(
        "ix_orders_recent",
        "orders",
        ["kind", sa.literal_column("ordered_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_index("ix_orders_supplier_reference", "orders", ["supplier_reference"], unique=False)
    op.create_table(
        "organisation_roles",
        sa.Column("role", KEY, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_organisation_roles_organisation_id")
        ),
        sa.PrimaryKeyConstraint("role", "organisation_id", name=op.f("pk_organisation_roles")),
    )
    op.create_index(
        "ix_organisation_roles_list", "organisation_roles", ["role", "name_key", "organisation_id"], unique=False
    )
    op.create_table(
        "products",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("sku", KEY, nullable=False),
        sa.Column("gtin", KEY, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("supplier_id", BIG, nullable=True),
        sa.Column("supplier_sku", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("pack", sa.Text(), nullable=True),
        sa.Column("price", Money(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stock", BIG, nullable=False),
        sa.Column("on_order", BIG, nullable=False),
        sa.Column("next_arrival", UtcDateTime(), nullable=True),
        sa.Column("discontinued", sa.Boolean(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["organisations.id"], name=op.f("fk_products_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("public_id", name=op.f("uq_products_public_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_products_source_external_reference")),
    )
    op.create_index(op.f("ix_products_gtin"), "products", ["gtin"], unique=False)
    op.create_index("ix_products_list", "products", ["name_key", "id"], unique=False)
    op.create_index(op.f("ix_products_sku"), "products", ["sku"], unique=False)
    op.create_index(op.f("ix_products_supplier_id"), "products", ["supplier_id"], unique=False)
    op.create_table(
        "read_log",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("hour", KEY, nullable=False),
        sa.Column("reader_key", KEY, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("subject_type", KEY, nullable=False),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column(
            "fields", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("fields_hash", KEY, nullable=False),
        sa.Column("surface", KEY, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_read_log_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_read_log_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_read_log_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_log")),
        sa.UniqueConstraint(
            "reader_key",
            "subject_type",
            "subject_id",
            "fields_hash",
            "surface",
            "hour",
            name=op.f("uq_read_log_reader_key_subject_type_subject_id_fields_hash_surface_hour"),
        ),
    )
    op.create_index(
        "ix_read_log_subject",
        "read_log",
        ["subject_type", "subject_id", sa.literal_column("at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "relations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("from_id", BIG, nullable=False),
        sa.Column("to_id", BIG, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_relations_two_sides")),
        sa.ForeignKeyConstraint(["from_id"], ["organisations.id"], name=op.f("fk_relations_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["organisations.id"], name=op.f("fk_relations_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relations")),
        sa.UniqueConstraint("kind", "from_id", "to_id", name=op.f("uq_relations_kind_from_id_to_id")),
    )
    op.create_index("ix_relations_to", "relations", ["to_id", "kind"], unique=False)
    op.create_table(
        "shares",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("subject_type", KEY, nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("level", KEY, nullable=False),
        sa.Column("field_set_id", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("level IN ('read', 'comment', 'respond', 'edit')", name=op.f("ck_shares_level")),
        sa.CheckConstraint("subject_type IN ('order', 'conversation')", name=op.f("ck_shares_subject_type")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_shares_by_id")),
        sa.ForeignKeyConstraint(["field_set_id"], ["field_sets.id"], name=op.f("fk_shares_field_set_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_shares_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shares_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shares_public_id")),
    )
    op.create_index(
        "ix_shares_reader",
        "shares",
        ["organisation_id", "subject_type", "subject_id"],
        unique=False,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index("ix_shares_subject", "shares", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("job_id", BIG, nullable=True),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("seq", BIG, nullable=True),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_key", KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'sent', 'failed')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_deliveries_conversation_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_deliveries_job_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_deliveries_public_id")),
    )
    op.create_index(op.f("ix_deliveries_conversation_id"), "deliveries", ["conversation_id"], unique=False)
    op.create_index("ix_deliveries_mailbox", "deliveries", ["to_key", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "drafts",
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("audience", KEY, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_drafts_conversation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id")),
        sa.PrimaryKeyConstraint("conversation_id", "person_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "interactions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("subject_type", KEY, nullable=True),
        sa.Column("subject_id", KEY, nullable=True),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("touchpoint", sa.Boolean(), nullable=False),
        sa.Column("timeline", sa.Boolean(), nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("direction", KEY, nullable=False),
        sa.Column("department", KEY, nullable=True),
        sa.Column("audience", KEY, nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("actor_side", KEY, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.CheckConstraint("direction IN ('inbound', 'outbound', 'internal')", name=op.f("ck_interactions_direction")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_interactions_actor_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_interactions_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_interactions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_interactions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_interactions_public_id")),
    )
    op.create_index(
        "ix_interactions_conversation", "interactions", ["conversation_id", sa.literal_column("id DESC")], unique=False
    )
    op.create_index(op.f("ix_interactions_event_id"), "interactions", ["event_id"], unique=False)
    op.create_index(
        "ix_interactions_person",
        "interactions",
        ["person_id", sa.literal_column("at DESC")],
        unique=False,
        sqlite_where=sa.text("touchpoint"),
        postgresql_where=sa.text("touchpoint"),
    )
    op.create_index(
        "ix_interactions_subject",
        "interactions",
        ["subject_type", "subject_id", sa.literal_column("at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_interactions_timeline",
        "interactions",
        ["organisation_id", sa.literal_column("at DESC"), sa.literal_column("id DESC")],
        unique=False,
        sqlite_where=sa.text("timeline"),
        postgresql_where=sa.text("timeline"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("number", KEY, nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("total", Money(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoices_order_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_invoices_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoices_public_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_invoices_source_external_reference")),
    )
    op.create_index(op.f("ix_invoices_number"), "invoices", ["number"], unique=False)
    op.create_index(op.f("ix_invoices_order_id"), "invoices", ["order_id"], unique=False)
    op.create_index(
        "ix_invoices_organisation",
        "invoices",
        ["organisation_id", sa.literal_column("issued_at DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.create_table(
        "messages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("author_side", KEY, nullable=False),
        sa.Column("author_organisation_id", BIG, nullable=True),
        sa.Column("client_id", KEY, nullable=True),
        sa.Column("audience", KEY, nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("direction", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_hash", BIG, nullable=False),
        sa.Column(
            "attachments", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "change", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "author_side IN ('customer', 'staff', 'partner', 'system')", name=op.f("ck_messages_author_side")
        ),
        sa.CheckConstraint("kind IN ('message', 'change')", name=op.f("ck_messages_kind")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(
            ["author_organisation_id"], ["organisations.id"], name=op.f("fk_messages_author_organisation_id")
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("author_id", "client_id", name=op.f("uq_messages_author_id_client_id")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
        sa.UniqueConstraint("public_id", name=op.f("uq_messages_public_id")),
    )
    op.create_index(
        "ix_messages_author", "messages", ["author_organisation_id", sa.literal_column("at DESC")], unique=False
    )
    op.create_table(
        "order_changes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("response", KEY, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "response IN ('accepted', 'accepted_with_changes', 'rejected')", name=op.f("ck_order_changes_response")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_changes_order_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_order_changes_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_order_changes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
        sa.UniqueConstraint("order_id", "version", name=op.f("uq_order_changes_order_id_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_changes_public_id")),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("line", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("customer_sku", sa.Text(), nullable=True),
        sa.Column("supplier_sku", sa.Text(), nullable=True),
        sa.Column("pack", sa.Text(), nullable=True),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("quantity_shipped", BIG, nullable=False),
        sa.Column("unit_price", Money(), nullable=True),
        sa.Column("discount", Money(), nullable=False),
        sa.Column("promised_at", UtcDateTime(), nullable=True),
        sa.Column("expected_at", UtcDateTime(), nullable=True),
        sa.Column("status", KEY, nullable=False),
        sa.CheckConstraint("status IN ('open', 'cancelled')", name=op.f("ck_order_lines_status")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("quantity_shipped >= 0", name=op.f("ck_order_lines_quantity_shipped")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "line", name=op.f("uq_order_lines_order_id_line")),
    )
    op.create_index("ix_order_lines_product", "order_lines", ["product_id", "order_id"], unique=False)
    op.create_table(
        "parties",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("side", KEY, nullable=False),
        sa.Column("share_id", BIG, nullable=True),
        sa.Column("from_seq", BIG, nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("introduced_seq", BIG, nullable=True),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("side IN ('customer', 'partner')", name=op.f("ck_parties_side")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_parties_conversation_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_parties_organisation_id")),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name=op.f("fk_parties_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint(
            "conversation_id", "organisation_id", "side", name=op.f("uq_parties_conversation_id_organisation_id_side")
        ),
    )
    op.create_index(op.f("ix_parties_organisation_id"), "parties", ["organisation_id"], unique=False)
    op.create_table(
        "promises",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_promises_conversation_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_promises_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_promises_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_promises_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("public_id", name=op.f("uq_promises_public_id")),
    )
    op.create_index(
        "ix_promises_open",
        "promises",
        ["organisation_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "reads",
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("reader", KEY, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_reads_conversation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reads_person_id")),
        sa.PrimaryKeyConstraint("conversation_id", "person_id", name=op.f("pk_reads")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("secret_hash", KEY, nullable=False),
        sa.Column("login_id", BIG, nullable=False),
        sa.Column("membership_id", BIG, nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_sessions_login_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_sessions_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sessions_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sessions_secret_hash")),
    )
    op.create_index(op.f("ix_sessions_login_id"), "sessions", ["login_id"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=True),
        sa.Column("external_reference", KEY, nullable=True),
        sa.Column("number", KEY, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", KEY, nullable=True),
        sa.Column("shipped_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shipments_public_id")),
        sa.UniqueConstraint("source", "external_reference", name=op.f("uq_shipments_source_external_reference")),
    )
    op.create_index(op.f("ix_shipments_number"), "shipments", ["number"], unique=False)
    op.create_index(op.f("ix_shipments_order_id"), "shipments", ["order_id"], unique=False)
    op.create_index(op.f("ix_shipments_tracking"), "shipments", ["tracking"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("secret_hash", KEY, nullable=False),
        sa.Column("login_id", BIG, nullable=False),
        sa.Column("membership_id", BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('api', 'invitation', 'reset')", name=op.f("ck_tokens_purpose")),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name=op.f("fk_tokens_login_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_tokens_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tokens_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_index(op.f("ix_tokens_login_id"), "tokens", ["login_id"], unique=False)
    op.create_table(
        "order_change_lines",
        sa.Column("id", BIG, nullable=False),
        sa.Column("change_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("response", KEY, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("promised_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("applied_by_id", BIG, nullable=True),
        sa.CheckConstraint(
            "response IN ('accepted', 'changed', 'rejected')", name=op.f("ck_order_change_lines_response")
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_order_change_lines_quantity")),
        sa.ForeignKeyConstraint(["applied_by_id"], ["staff.id"], name=op.f("fk_order_change_lines_applied_by_id")),
        sa.ForeignKeyConstraint(["change_id"], ["order_changes.id"], name=op.f("fk_order_change_lines_change_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_order_change_lines_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change_lines")),
        sa.UniqueConstraint("change_id", "line_id", name=op.f("uq_order_change_lines_change_id_line_id")),
    )
    op.create_table(
        "supply_links",
        sa.Column("id", BIG, nullable=False),
        sa.Column("purchase_line_id", BIG, nullable=False),
        sa.Column("sales_line_id", BIG, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_supply_links_quantity")),
        sa.ForeignKeyConstraint(
            ["purchase_line_id"], ["order_lines.id"], name=op.f("fk_supply_links_purchase_line_id")
        ),
        sa.ForeignKeyConstraint(["sales_line_id"], ["order_lines.id"], name=op.f("fk_supply_links_sales_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_links")),
        sa.UniqueConstraint(
            "purchase_line_id", "sales_line_id", name=op.f("uq_supply_links_purchase_line_id_sales_line_id")
        ),
    )
    op.create_index(op.f("ix_supply_links_sales_line_id"), "supply_links", ["sales_line_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_supply_links_sales_line_id"), table_name="supply_links")
    op.drop_table("supply_links")
    op.drop_table("order_change_lines")
    op.drop_index(op.f("ix_tokens_login_id"), table_name="tokens")
    op.drop_table("tokens")
    op.drop_index(op.f("ix_shipments_tracking"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_order_id"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_number"), table_name="shipments")
    op.drop_table("shipments")
    op.drop_index(op.f("ix_sessions_login_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("reads")
    op.drop_index(
        "ix_promises_open",
        table_name="promises",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("promises")
    op.drop_index(op.f("ix_parties_organisation_id"), table_name="parties")
    op.drop_table("parties")
    op.drop_index("ix_order_lines_product", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_table("order_changes")
    op.drop_index("ix_messages_author", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_invoices_organisation", table_name="invoices")
    op.drop_index(op.f("ix_invoices_order_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_number"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index(
        "ix_interactions_timeline",
        table_name="interactions",
        sqlite_where=sa.text("timeline"),
        postgresql_where=sa.text("timeline"),
    )
    op.drop_index("ix_interactions_subject", table_name="interactions")
    op.drop_index(
        "ix_interactions_person",
        table_name="interactions",
        sqlite_where=sa.text("touchpoint"),
        postgresql_where=sa.text("touchpoint"),
    )
    op.drop_index(op.f("ix_interactions_event_id"), table_name="interactions")
    op.drop_index("ix_interactions_conversation", table_name="interactions")
    op.drop_table("interactions")
    op.drop_table("drafts")
    op.drop_index("ix_deliveries_mailbox", table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_conversation_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_shares_subject", table_name="shares")
    op.drop_index(
        "ix_shares_reader",
        table_name="shares",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("shares")
    op.drop_index("ix_relations_to", table_name="relations")
    op.drop_table("relations")
    op.drop_index("ix_read_log_subject", table_name="read_log")
    op.drop_table("read_log")
    op.drop_index(op.f("ix_products_supplier_id"), table_name="products")
    op.drop_index(op.f("ix_products_sku"), table_name="products")
    op.drop_index("ix_products_list", table_name="products")
    op.drop_index(op.f("ix_products_gtin"), table_name="products")
    op.drop_table("products")
    op.drop_index("ix_organisation_roles_list", table_name="organisation_roles")
    op.drop_table("organisation_roles")
    op.drop_index("ix_orders_supplier_reference", table_name="orders")
    op.drop_index("ix_orders_recent", table_name="orders")
    op.drop_index("ix_orders_organisation", table_name="orders")
    op.drop_index("ix_orders_customer_reference", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_memberships_person_id"), table_name="memberships")
    op.drop_index(op.f("ix_memberships_organisation_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(
        "ix_conversations_team_live",
        table_name="conversations",
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.drop_index("ix_conversations_recent", table_name="conversations")
    op.drop_index("ix_conversations_person", table_name="conversations")
    op.drop_index("ix_conversations_organisation", table_name="conversations")
    op.drop_index(
        "ix_conversations_live",
        table_name="conversations",
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.drop_index(
        "ix_conversations_assignee_live",
        table_name="conversations",
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')"),
    )
    op.drop_index("ix_conversations_about", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index("ix_contact_points_value", table_name="contact_points")
    op.drop_index(op.f("ix_contact_points_person_id"), table_name="contact_points")
    op.drop_index(op.f("ix_contact_points_organisation_id"), table_name="contact_points")
    op.drop_index("ix_contact_points_digits", table_name="contact_points")
    op.drop_table("contact_points")
    op.drop_table("team_members")
    op.drop_index(op.f("ix_sign_in_codes_login_id"), table_name="sign_in_codes")
    op.drop_table("sign_in_codes")
    op.drop_index("ix_organisations_list", table_name="organisations")
    op.drop_table("organisations")
    op.drop_table("staff")
    op.drop_table("logins")
    op.drop_table("article_versions")
    op.drop_table("article_texts")
    op.drop_index(op.f("ix_article_feedback_article_id"), table_name="article_feedback")
    op.drop_table("article_feedback")
    op.drop_table("teams")
    op.drop_table("settings")
    op.drop_index("ix_revocations_at", table_name="revocations")
    op.drop_table("revocations")
    op.drop_index("ix_people_list", table_name="people")
    op.drop_table("people")
    op.drop_table("locations")
    op.drop_index(
        "ix_jobs_due",
        table_name="jobs",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("jobs")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("field_sets")
    op.drop_table("counters")
    op.drop_index("ix_articles_list", table_name="articles")
    op.drop_table("articles")
