package com.example;

/** The mean of the vectors of a topic's articles within a window. */
public record Centroid(String topic, float[] vector, int articles) {}
