"""nothing"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table("w", sa.Column("a", sa.Text()))


def downgrade():
    pass
