// One daemon for a state folder: two would fight over the same torrents.
import { AppError } from '../core/errors.ts'
import { identityOf } from '../engine/resume.ts'
import type { Database } from '../io/database.ts'
import { isRunning, thisProcess } from '../io/process-identity.ts'

/** The process that is the daemon now. */
export function runningDaemon(db: Database): number | undefined {
  const row = db.get('SELECT * FROM daemon')
  const identity = row && identityOf(row)
  return identity !== undefined && isRunning(identity) ? identity.pid : undefined
}

/** Makes this process the daemon, after a kill too. Throws AppError 'busy'. */
export function claimStateDir(db: Database, stateDir: string): void {
  db.transaction(() => {
    const pid = runningDaemon(db)
    if (pid !== undefined) {
      const way = 'the other commands talk to it; for a second one give another --state-dir'
      throw new AppError('busy', `Shoal runs already on ${stateDir}, as process ${pid}: ${way}`)
    }
    const { pid: own, bootId, startedAt } = thisProcess()
    const sql = 'INSERT OR REPLACE INTO daemon (only_row, pid, boot_id, started_at) VALUES (1, ?, ?, ?)'
    db.run(sql, own, bootId ?? null, startedAt ?? null)
  })
}

export function releaseStateDir(db: Database): void {
  db.run('DELETE FROM daemon WHERE pid = ?', process.pid)
}
