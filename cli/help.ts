/** What `holdfast --help` prints. */
export const help = `holdfast: what is backed up, and whether it counts

  holdfast status                        each source: newest point, copy, verification, age against the RPO
  holdfast points <source>               its recovery points, newest first, and where each is
  holdfast backup <source>               take a point now, and follow it until it is copied
  holdfast verify <source> <point|key>   compare a point, or read an archive, again
  holdfast prune [<source>]              ask for a pass of expiry now; --dry-run: what is kept or goes, and why
  holdfast hold <source> <point>         nothing deletes the point before its release; --reason says why
  holdfast release <source> <point>      takes a hold off again; --reason says why
  holdfast drill <source>                restore the newest copy in the recovery region, check it, and follow that
  holdfast drill <source>[/<drill>] --report
                                         what drills have proved: RTO, checks, history, as Markdown or HTML
  holdfast certificate <source> <drill>  the signed certificate of a drill; --verify checks it
  holdfast certificate --verify --file <file>
                                         checks a certificate with the file alone, offline
  holdfast restore <source>              bring it back: --latest (verified), --point <point> or --to-time <instant | latest>
  holdfast restore status <restore>      each step with how long it took and was expected to take
  holdfast restore cancel <restore>      stop it; what it made is taken away again
  holdfast restore undo <restore>        put back what it took the place of
  holdfast alerts ack <code>             say that somebody is on what a message told, so that it is not told again
  holdfast alerts test                   send one message down every channel of both regions, and say how each stands
  holdfast approve <restore>             let a restore begin that another wants; --refuse <why> to refuse it
  holdfast alerts [list]                 what is open, newest first; alerts ack takes an alert of it too
  holdfast schedules                     when each source owes its next point and drill, and what is paused
  holdfast pause <source>                take no points by schedule --for a while; --reason says why
  holdfast resume <source>               go on before the end of the pause
  holdfast audit                         who changed what; --verify: check both chains in both vaults
  holdfast explain <plan>                a plan in one sentence, and what it protects

Options
  --env <name>       the environment; default: HOLDFAST_ENV, or the only one with a file .holdfast/<name>.env,
                     which is loaded where it exists and overrides nothing that is set
  --region <region>  ask this region's API only, or its vault; default: the first API of HOLDFAST_API_URL that answers;
                     of vaults those of HOLDFAST_REGIONS (comma between), or AWS_REGION, the primary region's first
  --timeout <time>   how long backup, verify, drill and restore wait, like 30m; default: 2h
  --no-wait          backup, drill, restore: ask, and do not wait
  --dry-run          prune: only list each point, where it is, whether it goes and when, with the reasons
                     restore: only say each step, with the AWS calls that it would make and the expected duration
  --reason <text>    hold, release, pause: why, for those who read it later
  --for <time>       pause: for how long, like 2h, at most 7d
  --break-glass      without the API (HOLDFAST_API_URL, one for each region, comma between), by the vault and
                     credentials alone; nothing goes around an API that does not answer unless this says so
  --hold <id>        release: which hold, where there are several
  --report           drill: report what there is, and begin nothing
  --point <point>    drill: rehearse this point; default: the newest that is in the recovery region
  --verify           certificate: check it against the vaults, or against itself; audit: check the chains
  --file <file>      drill --report: write it there (.html or .md); certificate: write it there, or check that file
  --key <file>       certificate --verify: the public key (PEM) that must have signed

  restore, of databases
  --as <name>        under this identifier; default: the source's own
  --replace          what has that name gives way in the end, renamed and kept, after a fresh point of it
  --skip-prebackup   without that fresh point; the database is named once more: --confirm <name>
  --subnet-group <name>, --security-group <id> (again for more), --class <class>   in place of what it had
  --hydrate          read it whole before it gets its name, so that no user waits for what is not loaded yet
  restore, of buckets and archives
  --as <bucket>      into this bucket; default for a bucket in its own region: itself, as new versions
  --prefix <prefix>  only what begins with it      --keys <a,b | @file>   only these keys
  --deletions        into itself: what did not exist then is hidden behind delete markers
  --overwrite        into another bucket: also where there are other objects under the keys
  --to <folder>      archives: into a folder of this machine, held to the SHA-256 that was verified

  --json             print JSON; errors too, on standard error
  --help, --version

Exit codes
  0  all is well: every source is within its RPO
  1  status: a source is out of its RPO, or a finding is open that pages; alerts test: a channel reaches nobody
  2  the command or a name is not right         3  not found
  4  access denied                              5  conflict or quota
  6  throttled, unavailable, or not in time     7  damaged: it is not what was recorded
  8  unsupported                               70  an error of Holdfast's own

Examples
  holdfast status --env prod
  holdfast status --env prod --json | jq '.sources[] | select(.state != "ok")'
  holdfast backup orders --env prod --timeout 30m
  holdfast verify orders 20261121T0300Z --env prod --region eu-central-1
  holdfast prune orders --dry-run --env prod
  holdfast hold orders 20261121T0300Z --reason "audit 2026" --env prod
  holdfast drill orders --env prod
  holdfast drill orders --report --file orders.html --env prod
  holdfast certificate orders 20261121T0300Z --file orders.json --env prod
  holdfast verify nightly-erp erp/2026-11-21.tar.gz --env prod
  holdfast restore orders --latest --dry-run --env prod --region eu-central-1
  holdfast restore orders --to-time 2026-11-21T03:00:00Z --as orders-then --env prod
  holdfast restore uploads --to-time 2026-11-21T03:00:00Z --prefix invoices/ --env prod
`;
