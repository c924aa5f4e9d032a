package dev.streambed.cli.search;

import dev.streambed.query.VectorIndex;
import java.util.List;

/**
 * What a topic or a file has.
 *
 * @param dimensions length of the vectors; 0 if there are none
 * @param index the vectors of one space that the filters let through
 * @param problems of records that could not be decoded, for people; the first few
 * @param bad how many those are
 */
record SearchedVectors(
    int dimensions, VectorIndex<SearchedText> index, List<String> problems, long bad) {}
