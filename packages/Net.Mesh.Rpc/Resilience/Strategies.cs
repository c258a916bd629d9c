using Polly;

namespace Net.Mesh.Rpc.Resilience;

/// <summary>A circuit breaker as a strategy of a pipeline.</summary>
internal sealed class BreakerStrategy(CircuitBreaker breaker) : ResilienceStrategy
{
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (breaker.Enter() is not { } era)
            return Outcome.FromException<TResult>(breaker.Refusal());
        try
        {
            Outcome<TResult> outcome = await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext);
            breaker.Leave(era, outcome.Exception);
            return outcome;
        }
        catch (Exception failure)
        {
            breaker.Leave(era, failure);
            throw;
        }
    }
}

/// <summary>
/// Hedging as a strategy of a pipeline. Not Polly's own, which ends with another error than the first call's and waits for a delay
/// although everything has failed.
/// </summary>
internal sealed class HedgeStrategy<T>(HedgePolicy policy, TimeProvider time) : ResilienceStrategy<T>
{
    protected override async ValueTask<Outcome<T>> ExecuteCore<TState>(Func<ResilienceContext, TState, ValueTask<Outcome<T>>> callback, ResilienceContext context, TState state)
    {
        try
        {
            return Outcome.FromResult(await Race.RunAsync(policy.MaxParallel, policy.Delay, time, CallAsync, context.CancellationToken).ConfigureAwait(context.ContinueOnCapturedContext));
        }
#pragma warning disable CA1031 // A pipeline carries failures as outcomes.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Outcome.FromException<T>(failure);
        }

        // Each with a context of its own, for they run at once.
        async ValueTask<T> CallAsync(int index, CancellationToken cancellationToken)
        {
            ResilienceContext own = ResilienceContextPool.Shared.Get(context.OperationKey, context.ContinueOnCapturedContext, cancellationToken);
            if (context.Properties.TryGetValue(CallBudget.Key, out CallBudget? budget))
                own.Properties.Set(CallBudget.Key, budget);
            try
            {
                Outcome<T> outcome = await callback(own, state).ConfigureAwait(context.ContinueOnCapturedContext);
                outcome.ThrowIfException();
                return outcome.Result!;
            }
            finally
            {
                ResilienceContextPool.Shared.Return(own);
            }
        }
    }
}
