/** The present role, superusers, and who else could only have written what one of these may write. */
export const TRUSTED = `trusted (oid) AS (
    SELECT r.oid FROM pg_roles r JOIN pg_database d ON d.datname = current_database() JOIN pg_roles b ON b.oid = d.datdba
    WHERE r.rolsuper OR r.rolname = current_user OR (r.rolname = 'pg_database_owner' AND (b.rolsuper OR b.rolname = current_user))
  )`;

/**
 * Why the present role must not evaluate something of `evaluated`: what stands in the text of a CHECK or a view runs with the
 * rights of whoever evaluates it, builtin functions too. These are found in the stored tree, for no dependency on them is
 * recorded. A superuser evaluates nothing at all: nothing that it runs is certainly harmless.
 */
export const DANGERS = `${TRUSTED}, functions (what, oid) AS (
    SELECT e.what, m[1]::oid
      FROM evaluated e, regexp_matches(e.tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid|tsmhandler|startInRangeFunc|endInRangeFunc) ([0-9]+)', 'g') m
    UNION SELECT e.what, o.oprcode
      FROM evaluated e, regexp_matches(e.tree, ':(?:opno|opnos|eqop|sortop|cycle_mark_neop) (?:[(]o )?([0-9 ]+)', 'g') m, regexp_split_to_table(trim(m[1]), ' +') n
      JOIN pg_operator o ON o.oid = n::oid
    UNION SELECT c.what, c.oid FROM called c
  ), run (what, oid) AS (
    SELECT f.what, f.oid FROM functions f
    UNION SELECT f.what, unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::oid[])
      FROM functions f JOIN pg_aggregate g ON g.aggfnoid = f.oid
  ), read (what, oid) AS (
    SELECT e.what, e.relation FROM evaluated e
    UNION SELECT e.what, d.refobjid FROM evaluated e
      JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass
    UNION SELECT r.what, i.inhrelid FROM read r JOIN pg_inherits i ON i.inhparent = r.oid
  ), danger (what, rank, why) AS (
    SELECT e.what, 1, 'nothing is tried as a superuser'
      FROM evaluated e WHERE EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper AND r.rolname IN (current_user, session_user))
    UNION ALL SELECT e.what, 1, 'the role is not the one that logged in' FROM evaluated e WHERE current_user <> session_user
    UNION ALL SELECT e.what, 2, format('it is written by %s, and what another role wrote is not run', pg_get_userbyid(e.owner))
      FROM evaluated e WHERE e.owner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT f.what, 2, format('%s is %s''s, and what another role wrote is not run', p.oid::regprocedure, pg_get_userbyid(p.proowner))
      FROM run f JOIN pg_proc p ON p.oid = f.oid WHERE p.proowner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT e.what, 2, format('%s is %s''s, and what another role wrote is not run', y.oid::regtype, pg_get_userbyid(y.typowner))
      FROM evaluated e JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_type'::regclass
      JOIN pg_type y ON y.oid = d.refobjid WHERE y.typowner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT f.what, 3, format('%s is VOLATILE, so to call it may do more than read', p.oid::regprocedure)
      FROM run f JOIN pg_proc p ON p.oid = f.oid WHERE p.provolatile = 'v'
    UNION ALL SELECT e.what, 4, 'it makes a value of a domain, which has CHECKs of its own' FROM evaluated e WHERE strpos(e.tree, '{COERCETODOMAIN ') > 0
    UNION ALL SELECT r.what, 4, format('it reads the foreign table %s', c.oid::regclass) FROM read r JOIN pg_class c ON c.oid = r.oid WHERE c.relkind = 'f'
  )`;
