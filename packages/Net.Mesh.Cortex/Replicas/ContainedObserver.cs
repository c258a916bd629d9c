namespace Net.Mesh.Cortex.Replicas;

/// <summary>An observer of the application's whose failures end with it: the change of role that it is told of goes on.</summary>
internal sealed class ContainedObserver(IReplicaTransitionObserver observer, RedexFile file) : IReplicaTransitionObserver
{
    public void OnTransition(in ReplicaTransition transition)
    {
        try
        {
            observer.OnTransition(in transition);
        }
        catch (Exception failure)
        {
            ReplicationLog.TransitionObserverFailed(file.Logger, file.Name, failure);
        }
    }
}
