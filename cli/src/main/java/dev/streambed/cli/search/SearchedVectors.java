package dev.streambed.cli.search;

import dev.streambed.query.VectorIndex;
import java.util.List;

/**
 * What a topic or a file has.
 *
 * @param dimensions length of the vectors; 0 if there are none
 * @param index the vectors of one space that the filters let through
 * @param problems for people: names that no record has, and the first few of the records that could
 *     not be decoded
 * @param bad how many could not be decoded
 */
record SearchedVectors(
    int dimensions, VectorIndex<SearchedText> index, List<String> problems, long bad) {}
