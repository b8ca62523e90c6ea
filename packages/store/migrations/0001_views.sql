-- Written by hand: what the generator does not know. The full-text table, and the text views that make the file an
-- interface (docs/library.md).

-- rowid = segment_text.id. Contentless: the text is in segment_text already; what is indexed is its normalised form.
CREATE VIRTUAL TABLE `full_text` USING fts5(`text`, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2");
--> statement-breakpoint
CREATE VIEW `segments` AS
SELECT b.title, v.language, v.version_title, v.license, s.ref, s.he_ref, t.text, t.tokens,
  n.title AS node_title, b.position AS book_position, n.position AS node_position, s.path, t.id AS segment_text_id
FROM segment_text t
JOIN segment s ON s.id = t.segment_id
JOIN node n ON n.id = s.node_id
JOIN book b ON b.id = n.book_id
JOIN version v ON v.id = t.version_id;
--> statement-breakpoint
CREATE VIEW `chunks` AS
SELECT c.key AS id, c.profile, b.title, v.language, v.version_title, v.license, c.tokens,
  (SELECT s.ref FROM span p JOIN segment_text t ON t.id = p.segment_text_id JOIN segment s ON s.id = t.segment_id
    WHERE p.chunk_id = c.id ORDER BY p.ord LIMIT 1) AS first_ref,
  (SELECT s.ref FROM span p JOIN segment_text t ON t.id = p.segment_text_id JOIN segment s ON s.id = t.segment_id
    WHERE p.chunk_id = c.id ORDER BY p.ord DESC LIMIT 1) AS last_ref,
  (SELECT count(*) FROM span p WHERE p.chunk_id = c.id) AS spans,
  b.position AS book_position, n.position AS node_position, c.first_path, c.part, c.id AS chunk_id
FROM chunk c
JOIN node n ON n.id = c.node_id
JOIN book b ON b.id = n.book_id
JOIN version v ON v.id = c.version_id;
--> statement-breakpoint
CREATE VIEW `links` AS
SELECT l.ref_a, l.ref_b, l.type, l.sources, ba.title AS title_a, bb.title AS title_b, l.id AS link_id
FROM link l
LEFT JOIN link_side sa ON sa.link_id = l.id AND sa.side = 0
LEFT JOIN node na ON na.id = sa.node_id
LEFT JOIN book ba ON ba.id = na.book_id
LEFT JOIN link_side sb ON sb.link_id = l.id AND sb.side = 1
LEFT JOIN node nb ON nb.id = sb.node_id
LEFT JOIN book bb ON bb.id = nb.book_id;
--> statement-breakpoint
CREATE VIEW `pairs` AS
SELECT b.title, s.ref, s.he_ref, vh.version_title AS he_version, h.text AS he, ve.version_title AS en_version, e.text AS en,
  b.position AS book_position, n.position AS node_position, s.path
FROM segment s
JOIN node n ON n.id = s.node_id
JOIN book b ON b.id = n.book_id
JOIN segment_text h ON h.segment_id = s.id
JOIN version vh ON vh.id = h.version_id AND vh.language = 'he'
JOIN segment_text e ON e.segment_id = s.id
JOIN version ve ON ve.id = e.version_id AND ve.language = 'en';
