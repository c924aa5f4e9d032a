import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.embeddings.EmbeddingCreateParams;

class Query {
  public static void main(String[] arguments) {
    var client = OpenAIOkHttpClient.builder().baseUrl("http://127.0.0.1:8080/v1").apiKey("unused").build();
    var query = EmbeddingCreateParams.builder().model("all-MiniLM-L6-v2").input("prices of food").build();
    System.out.println(client.embeddings().create(query).data().get(0).embedding());
    client.close();
  }
}
