"""what runs outside of a transaction only"""
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    op.create_index('j', 't', ['n'], postgresql_concurrently=True)


def downgrade():
    pass
