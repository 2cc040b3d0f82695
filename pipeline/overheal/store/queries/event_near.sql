-- purpose: the ids nearest to one that nobody has, by how much of them is the same.
SELECT name FROM event_names
WHERE lengthUTF8(name) BETWEEN lengthUTF8({name:String}) - 3 AND lengthUTF8({name:String}) + 3
GROUP BY name
ORDER BY ngramDistance(name, {name:String}), name
LIMIT 3
