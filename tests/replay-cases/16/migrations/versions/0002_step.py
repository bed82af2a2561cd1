"""text-handed-to-execute"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.get_bind().execute('ANALYZE')


def downgrade():
    pass
