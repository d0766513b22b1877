-- A schedule has one timer, for its next opening or closing; it rings at once for those that had none and sets itself.
INSERT INTO parley.timer (lane, tenant, stream, check_at)
SELECT tenant.lane, head.tenant, head.stream, now()
FROM parley.head JOIN parley.tenant ON tenant.tenant = head.tenant
WHERE head.stream LIKE 'schedule-%'
ON CONFLICT (tenant, stream) DO NOTHING;
