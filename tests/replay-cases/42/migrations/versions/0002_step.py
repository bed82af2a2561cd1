"""a type that is not cast by itself"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.alter_column('t', 'n', existing_type=sa.String(20), type_=sa.Numeric(8, 2))


def downgrade():
    pass
