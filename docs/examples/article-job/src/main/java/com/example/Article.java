package com.example;

/** A record of a type of one's own: Flink serialises Java records and POJOs. */
public record Article(String id, String topic, String title, String body, long publishedMillis) {}
