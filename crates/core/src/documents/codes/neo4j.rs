//! What there is to explain about documents of Neo4j.

pub(super) const POOLS: &str = "\
Copies that vote decide by majority: 3 stand the failure of one, 4 do not stand more. A database has at most 11
copies that vote and 20 that only read, and each stands on a server of its own.

    servers: {primaries: {count: 4}}      # warned of: stands one failure, as 3 do
    servers: {primaries: {count: 3}}      # right
    topology: {primaries: 5}              # wrong on 3 servers";

pub(super) const MEMORY: &str = "\
Heap, page cache and one GiB for everything else must be below the limit, or the kernel kills the server under load.

    resources: {memory: 8Gi}
    memory: {heap: 4g, pageCache: 4g}     # wrong: 9 GiB
    memory: {heap: 4g, pageCache: 2g}     # right; without `memory` both are derived from the limit";

pub(super) const SETTING: &str = "\
A server that is not strict ignores what it does not know, so a slip of the finger has no effect and no message. Names
are those of the version that `version` says; many had others in 4.x.

    dbms.memory.heap.max_size: 4g         # wrong since 5.0
    memory: {heap: 4g}                    # right";

pub(super) const COMMUNITY: &str = "\
It is one server with one database: no cluster, no roles, no change data capture, no measures, no backup while it
runs. Remove the field, or write `edition: enterprise` and accept its licence. Community becomes Enterprise by a
restart; the way back is not supported.";

pub(super) const RETENTION: &str = "\
Change data capture reads the transaction log. What is pruned there is lost to every consumer that has not read it,
and the consumer has to begin anew.

    config: {db.tx_log.rotation.retention_policy: \"7 days\"}";
