"""an extension that nobody creates"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True),
                    sa.Column('a', postgresql.UUID(), server_default=sa.text('gen_random_uuid()')))


def downgrade():
    pass
