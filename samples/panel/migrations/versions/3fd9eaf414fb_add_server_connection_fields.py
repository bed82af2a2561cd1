"""add server connection fields

Revision ID: 3fd9eaf414fb
Revises: bbda3883b503
Create Date: 2025-11-20 07:37:48.037536

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '3fd9eaf414fb'
down_revision = 'bbda3883b503'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('server', schema=None) as batch_op:
        batch_op.add_column(sa.Column('host', sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column('port', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('rcon_password', sa.String(length=255), nullable=True))


def downgrade():
    with op.batch_alter_table('server', schema=None) as batch_op:
        batch_op.drop_column('rcon_password')
        batch_op.drop_column('port')
        batch_op.drop_column('host')
