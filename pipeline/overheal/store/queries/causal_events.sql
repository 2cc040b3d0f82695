-- purpose: what is known of nodes, from the narrow copy of events by name.
SELECT node, toUnixTimestamp64Micro(min(time)) AS first, toUnixTimestamp64Micro(max(time)) AS last,
    argMin(service, time), argMin(environment, time), argMin(agent, time), argMin(type, time),
    argMin(target, time), argMax(field, (field != '', time)), argMax(new, (new != '', time)),
    argMax(outcome, (outcome != '', time)), groupUniqArray(100)(id)
FROM event_names
WHERE name IN /*nodes*/[] AND name = node
GROUP BY node
