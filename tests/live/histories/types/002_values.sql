ALTER TYPE level RENAME VALUE 'top' TO 'highest';
ALTER TYPE level RENAME VALUE 'it''s' TO 'mine';
CREATE TYPE "Status" AS ENUM ('On', 'off');
CREATE TABLE machines (status "Status" NOT NULL DEFAULT 'On', old "Status"[]);
ALTER TYPE "Status" RENAME TO machine_status;
DROP TYPE empty;
DROP TYPE IF EXISTS empty;
ALTER TYPE machine_status ADD VALUE 'broken' AFTER 'On';
