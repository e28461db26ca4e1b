// The tables of the state database, by version. What was published is never changed: later versions add to the list.

export const STATE_MIGRATIONS: readonly string[] = [
  `-- Who uses this database. The row of a killed process stays until another one starts.
   CREATE TABLE processes (
     id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: torrents may still name a dead one
     pid INTEGER NOT NULL,
     boot_id TEXT,
     started_at TEXT
   ) STRICT;

   CREATE TABLE torrents (
     id INTEGER PRIMARY KEY,
     info_hash TEXT NOT NULL,
     dir TEXT NOT NULL,
     added_at_ms INTEGER NOT NULL,
     holder INTEGER, -- processes.id while it runs, and after a kill; NULL after a clean end
     journal_boot_id TEXT, -- the boot in which the rows in pieces were written
     uploaded INTEGER NOT NULL DEFAULT 0,
     downloaded INTEGER NOT NULL DEFAULT 0,
     seeding_ms INTEGER NOT NULL DEFAULT 0,
     have BLOB, -- bitfield (BEP 3); NULL before the first checkpoint
     checkpoint_at_ms INTEGER, -- wall clock
     stamps BLOB, -- see resume-stamps.ts
     UNIQUE (info_hash, dir)
   ) STRICT;

   -- Not in torrents, because a row is always written as a whole.
   CREATE TABLE metainfos (
     torrent INTEGER PRIMARY KEY REFERENCES torrents ON DELETE CASCADE,
     bytes BLOB NOT NULL
   ) STRICT;

   -- Files that have their real names, which may be 'name (1).ext'.
   CREATE TABLE finished_files (
     torrent INTEGER NOT NULL REFERENCES torrents ON DELETE CASCADE,
     file INTEGER NOT NULL,
     name TEXT NOT NULL,
     PRIMARY KEY (torrent, file)
   ) STRICT, WITHOUT ROWID;

   -- What happened since the checkpoint, in order: pieces that were stored, files that were written or renamed.
   CREATE TABLE pieces (
     torrent INTEGER NOT NULL REFERENCES torrents ON DELETE CASCADE,
     seq INTEGER NOT NULL,
     piece INTEGER, -- NULL if only the stamps are news
     recorded_at_ms INTEGER NOT NULL, -- wall clock
     stamps BLOB NOT NULL,
     PRIMARY KEY (torrent, seq)
   ) STRICT, WITHOUT ROWID;`,

  `-- The torrents that the daemon has, and what users want of them.
   CREATE TABLE listed (
     info_hash TEXT PRIMARY KEY, -- hex: v1 if there is one, else v2
     dir TEXT NOT NULL,
     mode TEXT NOT NULL,
     source BLOB NOT NULL, -- a .torrent, or a magnet link
     is_link INTEGER NOT NULL,
     wishes TEXT NOT NULL, -- JSON, see daemon/wishes.ts
     added_at_ms INTEGER NOT NULL,
     done_at_ms INTEGER
   ) STRICT;

   -- The process that is the daemon of this folder. The row of a killed one stays until another starts.
   CREATE TABLE daemon (
     only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
     pid INTEGER NOT NULL,
     boot_id TEXT,
     started_at TEXT
   ) STRICT;`,

  `-- Of all runs of the daemon; totals are those of removed torrents, the others keep their own.
   CREATE TABLE lifetime (
     only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
     uploaded INTEGER NOT NULL DEFAULT 0,
     downloaded INTEGER NOT NULL DEFAULT 0,
     active_ms INTEGER NOT NULL DEFAULT 0,
     runs INTEGER NOT NULL DEFAULT 0
   ) STRICT;`,

  `-- People, see direct/contacts.ts, and what was said.
   CREATE TABLE contacts (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     fingerprint TEXT UNIQUE, -- upper-case hex; NULL until it was met
     ip TEXT NOT NULL,
     port INTEGER NOT NULL,
     protocol TEXT NOT NULL,
     trust TEXT NOT NULL,
     is_shoal INTEGER NOT NULL,
     is_kept INTEGER NOT NULL,
     seen_at_ms INTEGER NOT NULL -- wall clock
   ) STRICT;

   CREATE TABLE inbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     message_id TEXT NOT NULL, -- the sender's: a message that comes twice is kept once
     sender TEXT NOT NULL, -- what it was called then
     fingerprint TEXT NOT NULL,
     is_proven INTEGER NOT NULL, -- it showed the key that belongs to the fingerprint
     text TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     UNIQUE (fingerprint, message_id)
   ) STRICT;

   -- Messages to people who were away.
   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
     message_id TEXT NOT NULL,
     text TEXT NOT NULL,
     at_ms INTEGER NOT NULL
   ) STRICT;

   -- Sends to people that are under way: what goes out, by receiver, and what comes in.
   CREATE TABLE swarm_sends (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     info_hash TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     dir TEXT NOT NULL,
     metainfo BLOB NOT NULL,
     UNIQUE (info_hash, fingerprint)
   ) STRICT;

   CREATE TABLE swarm_gets (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     info_hash TEXT NOT NULL UNIQUE,
     fingerprint TEXT NOT NULL, -- the sender's
     dir TEXT NOT NULL,
     metainfo BLOB NOT NULL
   ) STRICT;`,

  `-- Torrents of shared files, so that each is hashed once: see direct/shared-files.ts.
   CREATE TABLE shared_torrents (
     key TEXT PRIMARY KEY, -- path, size, time and inode
     dir TEXT NOT NULL,
     metainfo BLOB NOT NULL
   ) STRICT;`,

  `CREATE TABLE bandwidth_groups (
     name TEXT PRIMARY KEY,
     settings TEXT NOT NULL -- JSON, see daemon/groups.ts
   ) STRICT;`,

  `-- Sends to people in parts, see direct/swarm-store.ts: what goes out, to whom, and what comes in.
   DROP TABLE swarm_sends;
   DROP TABLE swarm_gets;

   CREATE TABLE swarm_sends (
     id TEXT PRIMARY KEY,
     plan TEXT NOT NULL -- JSON: the files of each part
   ) STRICT;

   CREATE TABLE swarm_recipients (
     send TEXT NOT NULL REFERENCES swarm_sends ON DELETE CASCADE,
     fingerprint TEXT NOT NULL,
     PRIMARY KEY (send, fingerprint)
   ) STRICT;

   CREATE TABLE swarm_parts (
     send TEXT NOT NULL REFERENCES swarm_sends ON DELETE CASCADE,
     part INTEGER NOT NULL,
     dir TEXT NOT NULL,
     metainfo BLOB NOT NULL,
     PRIMARY KEY (send, part)
   ) STRICT;

   CREATE TABLE swarm_offers (
     id TEXT NOT NULL, -- the sender's
     fingerprint TEXT NOT NULL,
     dir TEXT NOT NULL,
     files TEXT NOT NULL, -- JSON
     PRIMARY KEY (id, fingerprint)
   ) STRICT;

   CREATE TABLE swarm_gets (
     offer TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     info_hash TEXT NOT NULL,
     metainfo BLOB NOT NULL,
     PRIMARY KEY (offer, fingerprint, info_hash),
     FOREIGN KEY (offer, fingerprint) REFERENCES swarm_offers (id, fingerprint) ON DELETE CASCADE
   ) STRICT;`,

  `-- Torrents of shared files and folders, so that each is hashed once: see direct/shared-files.ts.
   DROP TABLE shared_torrents;

   CREATE TABLE shared_torrents (
     place TEXT PRIMARY KEY,
     stamp BLOB NOT NULL, -- of sizes, times and names
     metainfo BLOB NOT NULL
   ) STRICT;`,

  `-- Browsers that are signed in to the page: see daemon/page-sessions.ts.
   CREATE TABLE page_sessions (
     id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: somebody may look at an old list
     secret_sha256 TEXT NOT NULL UNIQUE, -- hex
     browser TEXT NOT NULL,
     address TEXT NOT NULL,
     is_secure INTEGER NOT NULL,
     signed_in_at_ms INTEGER NOT NULL, -- wall clock
     used_at_ms INTEGER NOT NULL
   ) STRICT;`,

  `-- What was recorded since the checkpoint is in files now: see resume-journal.ts.
   UPDATE torrents SET stamps = NULL WHERE id IN (SELECT torrent FROM pieces); -- all of these are hashed once more
   DROP TABLE pieces;
   ALTER TABLE torrents ADD COLUMN journal INTEGER NOT NULL DEFAULT 0; -- which of its journals counts: one more with each checkpoint`,
]
