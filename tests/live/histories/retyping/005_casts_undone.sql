ALTER TABLE cast_away ALTER a TYPE timestamp, ALTER b TYPE timestamp, ALTER c TYPE int, ALTER e TYPE varchar(6);
ALTER TABLE cast_copy ALTER a TYPE timestamp;
