INSERT INTO embeddings SELECT * FROM embedded;

CREATE TEMPORARY VIEW asked AS SELECT embedding AS vector
FROM ML_PREDICT((SELECT 'the price of food and rising inflation' AS question), MODEL embedder, DESCRIPTOR(question));

SELECT ROUND(score, 3) AS score, key, LEFT(`text`, 70) AS paragraph
FROM asked, LATERAL TABLE(VECTOR_SEARCH(TABLE paragraphs, DESCRIPTOR(embedding), asked.vector, 3));
