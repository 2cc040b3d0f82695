-- purpose: whether a field of a target was ever written, and the fields written that are called most alike.
SELECT target, field, target IN ({target:String}, {name:String}) AND field = {field:String} AS known
FROM field_writes
GROUP BY target, field
ORDER BY known DESC, ngramDistance(target, {name:String}) + ngramDistance(field, {field:String}),
    target, field
LIMIT 3
