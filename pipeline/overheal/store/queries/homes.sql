-- purpose: where scopes have snapshots.
SELECT DISTINCT scope, epoch, partition
FROM detector_state
WHERE topic = {topic:String} AND scope IN /*scopes*/[]
