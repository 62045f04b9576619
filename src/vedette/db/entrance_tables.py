"""The tables of the ways in beside the password; ``schema`` names them all."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, Table, Text

from vedette.db.metadata import metadata

# What a person's authenticator app shares with us; not asked for until it is confirmed.
second_factor = Table(
    "second_factor",
    metadata,
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("confirmed_us", BigInteger),
    # The newest time step whose code was taken; codes up to it are refused.
    Column("last_step", BigInteger, nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("code_sha256", LargeBinary, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("sign_count", BigInteger, nullable=False),
    Column("synced", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    # Who is removed takes along what they promised.
    Column(
        "inviter", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

# What an invited person will hold; as ``role_grant``, but for a person who is not there yet.
invitation_offer = Table(
    "invitation_offer",
    metadata,
    Column("invitation", Text, ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("expires_us", BigInteger),
)

# Who somebody is at an OpenID provider: the issuer's word and nothing softer, such as an address.
sign_on_link = Table(
    "sign_on_link",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),
)
