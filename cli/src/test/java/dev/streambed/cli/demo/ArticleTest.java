package dev.streambed.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArticleTest {
  @Test
  void hasEachParagraphOfASpeechOnceAndNoneOfAnother() throws Exception {
    List<DemoText> texts = DemoText.readAll();

    List<Article> articles = Article.of(texts);

    assertThat(articles).extracting(Article::key).doesNotHaveDuplicates();
    assertThat(articles.stream().flatMap(article -> article.paragraphs().stream()).toList())
        .isEqualTo(texts.stream().map(DemoText::text).toList());
    assertThat(articles)
        .allSatisfy(
            article ->
                assertThat(article.paragraphs())
                    .hasSize(Article.PARAGRAPHS)
                    .isSubsetOf(
                        texts.stream()
                            .filter(text -> text.key().startsWith(speech(article)))
                            .map(DemoText::text)
                            .toList()));
  }

  private static String speech(Article article) {
    return article.key().substring(0, article.key().lastIndexOf("-part-") + 1);
  }

  @Test
  void becomesAnotherTextByEachEdit() {
    Article article = new Article("speech-part-1", List.of("First.", "Second.", "Third.", "Last."));

    List<String> edited =
        IntStream.range(0, 6).mapToObj(edit -> article.edited(edit).text()).toList();

    assertThat(edited).doesNotHaveDuplicates().doesNotContain(article.text());
    assertThat(edited.get(0)).startsWith(article.text());
    assertThat(edited.get(1)).endsWith(article.text());
    assertThat(edited.get(2)).startsWith("First.\n\n").doesNotContain("Second.");
  }
}
