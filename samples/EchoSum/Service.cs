namespace EchoSum;

/// <summary>Gives the text back, and the sum of the numbers from left to right, which stays at the largest or smallest number.</summary>
internal sealed class Service : IEchoSum
{
    public const string Name = "cross_lang_echo_sum";

    public Task<EchoSumResponse> EchoSumAsync(EchoSumRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new EchoSumResponse(request.Text, request.Numbers.Aggregate(0L, AddSaturating)));

    private static long AddSaturating(long sum, long number) => (long)Int128.Clamp((Int128)sum + number, long.MinValue, long.MaxValue);
}
