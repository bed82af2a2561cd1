"""Keep track of Pterodactyl eggs

Revision ID: ptero_eggs_001
Revises: 
Create Date: 2025-11-20 00:45:00.000000

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = 'ptero_eggs_001'
down_revision = None  # set this to the latest revision
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'ptero_eggs_update_metadata',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('repository_url', sa.String(length=255), nullable=False),
        sa.Column('last_sync_at', sa.DateTime(), nullable=True),
        sa.Column('last_commit_hash', sa.String(length=64), nullable=True),
        sa.Column('last_commit_message', sa.Text(), nullable=True),
        sa.Column('last_sync_status', sa.String(length=20), nullable=True),
        sa.Column('last_error_message', sa.Text(), nullable=True),
        sa.Column('total_templates_imported', sa.Integer(), nullable=True),
        sa.Column('templates_updated', sa.Integer(), nullable=True),
        sa.Column('templates_added', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(), nullable=True),
        sa.Column('updated_at', sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )

    op.create_table(
        'ptero_eggs_template_version',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('template_id', sa.Integer(), nullable=False),
        sa.Column('version_number', sa.Integer(), nullable=False),
        sa.Column('commit_hash', sa.String(length=64), nullable=True),
        sa.Column('template_data_snapshot', sa.Text(), nullable=True),
        sa.Column('changes_summary', sa.Text(), nullable=True),
        sa.Column('imported_at', sa.DateTime(), nullable=True),
        sa.Column('is_current', sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(['template_id'], ['config_template.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_ptero_version_template', 'ptero_eggs_template_version', ['template_id'])
    op.create_index('ix_ptero_version_current', 'ptero_eggs_template_version', ['is_current'])


def downgrade():
    op.drop_index('ix_ptero_version_current', table_name='ptero_eggs_template_version')
    op.drop_index('ix_ptero_version_template', table_name='ptero_eggs_template_version')
    op.drop_table('ptero_eggs_template_version')
    op.drop_table('ptero_eggs_update_metadata')
