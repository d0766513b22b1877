-- What was told of a message of ours after it was sent: 1 delivered, 2 read. Some providers say "all up to this moment";
-- this tells which of those are new.
ALTER TABLE parley.delivery ADD COLUMN told smallint NOT NULL DEFAULT 0;
