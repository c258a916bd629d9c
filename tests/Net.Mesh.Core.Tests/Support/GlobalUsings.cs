global using System.Text;
global using CsCheck;
global using Microsoft.Extensions.Time.Testing;
global using Net.Mesh.Bus;
global using Net.Mesh.Core.Tests.Support;
global using EventPosition = Net.Mesh.Bus.EventPosition;
