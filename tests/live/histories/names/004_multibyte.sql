CREATE TABLE "größenverzeichnis_für_übermäßig_lange_tabellennamen_öäü" (
    "schlüssel_für_übermäßig_lange_spaltennamen_mit_ümläüten" int PRIMARY KEY,
    "größe" int CHECK ("größe" > 0),
    "жёлтая_колонка_с_очень_длинным_именем" text UNIQUE,
    "日本語の列の名前がとても長い場合はどうなりますか" text REFERENCES
        "größenverzeichnis_für_übermäßig_lange_tabellennamen_öäü" ("жёлтая_колонка_с_очень_длинным_именем")
);
CREATE INDEX ON "größenverzeichnis_für_übermäßig_lange_tabellennamen_öäü" ("日本語の列の名前がとても長い場合はどうなりますか", "größe");
CREATE INDEX ON "größenverzeichnis_für_übermäßig_lange_tabellennamen_öäü" ("日本語の列の名前がとても長い場合はどうなりますか", "größe");
CREATE TABLE "ÜBERSICHT" ("Ä" serial, "ä" int, Ö int);
CREATE INDEX ON "ÜBERSICHT" ("Ä", "ä");
CREATE INDEX "ein_index_mit_einem_namen_der_länger_ist_als_dreiundsechzig_bytes_ä" ON "ÜBERSICHT" ("ä");
