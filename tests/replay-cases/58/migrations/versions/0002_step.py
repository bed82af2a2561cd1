"""a default that is not cast with its column"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('new', 'old')")
    op.execute("ALTER TABLE t ALTER state DROP DEFAULT, ALTER state TYPE state USING state::state, "
               "ALTER state SET DEFAULT 'new'")


def downgrade():
    pass
